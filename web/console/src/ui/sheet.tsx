import { useState, type ReactNode } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { X } from 'lucide-react'
import { Button, Trouble } from './parts'
import { useWords } from '../words'

/** Sheet slides over the page's side, or stands in its middle; Escape closes it and the focus goes back. */
export function Sheet({ title, note, open, onClose, children, shape = 'side', foot, label, asks }: {
  title: ReactNode; note?: ReactNode; open: boolean; onClose: () => void; children: ReactNode; shape?: 'side' | 'middle' | 'wide' | 'left'; foot?: ReactNode; label?: string; asks?: boolean
}) {
  const w = useWords()
  return (
    <ModalOverlay className={`veil veil-${shape}`} isOpen={open} onOpenChange={(o) => { if (!o) onClose() }} isDismissable>
      <Modal className={`sheet sheet-${shape}`}>
        <Dialog className="sheet-body" role={asks ? 'alertdialog' : 'dialog'} {...(label ? { 'aria-label': label } : {})}>
          <header className="sheet-head">
            <div><Heading slot="title" level={2}>{title}</Heading>{note && <p className="note">{note}</p>}</div>
            <Button tone="plain" aria-label={w.t('close')} icon={X} onPress={onClose} className="square" />
          </header>
          <div className="sheet-scroll">{children}</div>
          {foot && <footer className="sheet-foot">{foot}</footer>}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

/** Confirm asks before what cannot be undone, and says what it means. The cursor stands on the way out; Escape takes it, and the focus goes back. */
export function Confirm({ title, yes, children, act, onClose }: { title: string; yes: string; children: ReactNode; act: () => Promise<void>; onClose: () => void }) {
  const w = useWords()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  async function go() {
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      await act()
      onClose()
    } catch (e) {
      setError(e)
      setBusy(false)
    }
  }
  return (
    <Sheet shape="middle" asks title={title} open onClose={onClose} foot={<><Button autoFocus onPress={onClose}>{w.t('cancel')}</Button><Button tone="danger" isPending={busy} onPress={() => void go()}>{yes}</Button></>}>
      {children}
      {error !== undefined && <Trouble error={error} inline />}
    </Sheet>
  )
}
