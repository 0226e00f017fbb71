// The JSON of the console's HTTP interface: cloud-sync/consoleapi/view.go says what each field means. Times are Unix ms by the cloud's clock; 0 is "never".

export interface Session { user: string; name: string; role: string; tenant: string; tenant_name: string; now: number }
export interface SetupRequest { code: string; email: string; name: string; password: string }
export interface SignInRequest { email: string; password: string }

export type Level = 'down' | 'attention' | 'offline' | 'trial' | 'good' | 'new'
export type Args = Record<string, string>
export interface Reason { code: string; args?: Args; since?: number }
export interface Health { level: Level; reasons: Reason[] | null }

export interface SiteRow {
  id: string; name: string; serial?: string; health: Health; seen: number; behind_ms: number; program?: string; slot?: string
  trunks_up: number; trunks: number; phones_up: number; phones: number; calls: number; claim?: number
  newest: number; in_force: number; state?: string; draft: boolean
}
export interface SiteList { sites: SiteRow[] | null; now: number }

export interface TrunkView { name: string; up: boolean; channels: number; in_use: number }
export interface PhoneView { number: string; name: string; up: boolean }
export interface QueueFigures {
  received: number; answered: number; within: number; goal_ms: number; short: number; abandoned: number; cancelled: number; full: number; closed: number; nobody_fit: number
  waited_too_long: number; exited: number; moved: number; failed: number; in_progress: number; wait_ms: number; talk_ms: number; hours: number[] | null
}
export interface QueueView {
  id: string; name: string; waiting: number; longest_ms: number; talking: number; free: number; agents: number; today: QueueFigures
}
export interface AgentView { id: string; name: string; state: string; since_ms: number }
export interface MachineView { board: string; uptime_ms: number; celsius: number; disk_used: number; load: number }
export interface Event { at: number; code: string; args?: Args }
export interface SiteView {
  row: SiteRow; connected: boolean; clock: string; trunks: TrunkView[] | null; phones: PhoneView[] | null; queues: QueueView[] | null
  agents: AgentView[] | null; machine: MachineView; alarms: string[] | null; story: Event[] | null; certificate_expires: number; local?: LocalView
}
/** LocalView is the document a box lives by that nobody published. */
export interface LocalView { name: string; at: number; changes: Change[] | null }

export interface CallRow {
  call: string; at: number; flow: string; dialled?: string; subject?: string; withheld?: boolean; queue?: string; agent?: string
  outcome: string; stage?: string; wait_ms: number; talk_ms: number; total_ms: number; hung_up_by?: string
}
export interface CallList { calls: CallRow[] | null; more: boolean }
export interface Step { ms: number; code: string; args?: Args }
export interface CallStory { row: CallRow; steps: Step[] | null }

export interface Problem { path: string; sentence: string; remedy: string; line?: number }
export interface Change { path: string; was: string; is: string }
export interface Draft {
  base: number; tag: string; text: string; document: unknown; problems: Problem[] | null; changes: Change[] | null; by?: string; at: number
}
export interface Edit { op: 'set' | 'add' | 'remove'; path: string; value?: unknown }
export interface Revision {
  number: number; published: number; by: string; reason: string; state: string; state_at: number; problems?: Problem[] | null
  why?: string; returned?: number; text?: string; changes?: Change[] | null
}
export interface Claim { code: string; expires: number; server: string }
export interface Person { id: string; email: string; name: string; role: string; state: string; code?: number; created: number; you?: boolean }
export interface Invitation { email: string; name: string; role: string }
export interface PersonCode { person: Person; code: string; expires: number }
export interface Deed { n: number; at: number; who: string; what: string; site?: string; detail?: string; address?: string }
export interface Journal { deeds: Deed[] | null; more: boolean }
export interface LiveEvent { site: string; what: string }
export interface Failure { code: string; sentence: string; remedy?: string; problems?: Problem[] | null }

/** MASK stands for a password; one that comes back stays what it was. */
export const MASK = '••••••••'
