/** Mark is the product's sign; the word beside it names it. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect className="mark-ground" width="32" height="32" rx="7" />
      <path className="mark-lines" d="M16 7v18M7 16h18" />
      <circle className="mark-hub" cx="16" cy="16" r="4.5" />
    </svg>
  )
}
