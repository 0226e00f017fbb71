// Paths into the site document: "queues[0].max_wait" as the API's edits and problems have them, "queues[accueil].max_wait" as its differences do.

export type Part = { name: string } | { item: string }

/** split cuts a path into its parts. */
export function split(path: string): Part[] {
  const parts: Part[] = []
  for (const m of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) parts.push(m[1] !== undefined ? { name: m[1] } : { item: m[2] ?? '' })
  return parts
}

/** value finds what stands at a path; undefined when nothing does. */
export function value(document: unknown, path: string): unknown {
  let at: unknown = document
  for (const part of split(path)) {
    if (at === null || typeof at !== 'object') return undefined
    if ('name' in part) {
      if (!Object.hasOwn(at, part.name)) return undefined
      at = (at as Record<string, unknown>)[part.name]
    } else {
      if (!Array.isArray(at)) return undefined
      const nameless = /^#(\d+)$/.exec(part.item)
      if (nameless) at = at[Number(nameless[1])]
      else at = /^\d+$/.test(part.item) && at[Number(part.item)] !== undefined ? at[Number(part.item)] : at.find((x) => identity(x) === part.item)
    }
  }
  return at
}

/** identity is what a list's item is called by. */
export function identity(item: unknown): string {
  if (item === null || typeof item !== 'object') return String(item)
  const o = item as Record<string, unknown>
  const id = o['id'] ?? o['number'] ?? o['name']
  return typeof id === 'string' ? id : ''
}

/** within reports whether a problem's path is that of a field or lies inside it. */
export function within(problem: string, field: string): boolean {
  return problem === field || problem.startsWith(`${field}.`) || problem.startsWith(`${field}[`)
}
