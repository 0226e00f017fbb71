import { codes } from './codes'
import { draft } from './draft'
import { fields } from './fields'
import { frame } from './frame'
import { people } from './people'
import { sites } from './sites'

/** CATALOGUE is every sentence of the page. */
export const CATALOGUE = { ...frame, ...sites, ...draft, ...codes, ...fields, ...people }

/** Key names a sentence. */
export type Key = keyof typeof CATALOGUE
