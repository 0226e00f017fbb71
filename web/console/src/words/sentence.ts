/** Sentences are texts by key, each in French and in English: neither can be forgotten. */
export type Sentences = Record<string, readonly [fr: string, en: string]>
