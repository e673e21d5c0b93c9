// Who looks: the address says it, else what this browser chose last.
import { role, type Role } from './roles'

function remembered(): string | undefined {
  try { return localStorage.getItem('tributary.role') ?? undefined } catch { return undefined }
}

export const roleOf = (params: Record<string, string>): Role => role(params.role ?? remembered())
