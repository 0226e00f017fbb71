import type { ReactNode } from 'react'
import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components'

/** Field is a label, an input, its help and what is wrong with it. */
export function Field({ label, help, error, mono, after, placeholder, inputMode, ...props }: Omit<TextFieldProps, 'children' | 'className'> & {
  label: ReactNode; help?: ReactNode; error?: ReactNode; mono?: boolean; after?: ReactNode; placeholder?: string
}) {
  return (
    <TextField {...props} {...(inputMode ? { inputMode } : {})} className="field" isInvalid={Boolean(error)} validationBehavior="aria">
      <Label>{label}</Label>
      <span className="field-line"><Input className={mono ? 'input mono' : 'input'} {...(placeholder ? { placeholder } : {})} />{after}</span>
      {help && <Text slot="description" className="help">{help}</Text>}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  )
}
