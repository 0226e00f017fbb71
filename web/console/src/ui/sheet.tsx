import type { ReactNode } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { X } from 'lucide-react'
import { Button } from './parts'
import { useWords } from '../words'

/** Sheet slides over the page's side, or stands in its middle; Escape closes it and the focus goes back. */
export function Sheet({ title, note, open, onClose, children, shape = 'side', foot, label }: {
  title: ReactNode; note?: ReactNode; open: boolean; onClose: () => void; children: ReactNode; shape?: 'side' | 'middle' | 'wide' | 'left'; foot?: ReactNode; label?: string
}) {
  const w = useWords()
  return (
    <ModalOverlay className={`veil veil-${shape}`} isOpen={open} onOpenChange={(o) => { if (!o) onClose() }} isDismissable>
      <Modal className={`sheet sheet-${shape}`}>
        <Dialog className="sheet-body" {...(label ? { 'aria-label': label } : {})}>
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
