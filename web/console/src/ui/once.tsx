import { useState } from 'react'
import { Check, Copy } from 'lucide-react'
import { useNow, useWords } from '../words'
import { Button } from './parts'

/** OnceCode is a code that is shown once, and how long it is good. */
export function OnceCode({ code, expires, label, onAgain }: { code: string; expires: number; label: string; onAgain?: () => void }) {
  const w = useWords()
  const now = useNow()
  const [copied, setCopied] = useState(false)
  const left = expires - now
  const copy = () => navigator.clipboard.writeText(code).then(() => setCopied(true), () => setCopied(false))
  return (
    <>
      <div className="claim">
        <output className={code.length > 16 ? 'claim-code long' : 'claim-code'} aria-label={label}>{code}</output>
        <Button icon={copied ? Check : Copy} onPress={() => void copy()}>{w.t(copied ? 'copied' : 'copy')}</Button>
      </div>
      <p className="hidden" role="status">{copied ? w.t('copied') : ''}</p>
      {left > 0 ? <p className="note">{w.t('claim.expires', { span: w.span(left), time: w.moment(expires) })}</p>
        : <p className="ink-attention strong">{w.t('claim.over')} {onAgain && <Button small onPress={onAgain}>{w.t('claim.make')}</Button>}</p>}
    </>
  )
}
