/** onKey calls back for a key alone, unless somebody types in a field or a sheet is open; the function it returns ends that. */
export function onKey(key: string, action: () => void): () => void {
  const heard = (e: KeyboardEvent) => {
    if (e.key.toLowerCase() !== key.toLowerCase() || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return
    const t = e.target as HTMLElement | null
    if (t?.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]')) return
    e.preventDefault()
    action()
  }
  document.addEventListener('keydown', heard, true)
  return () => document.removeEventListener('keydown', heard, true)
}
