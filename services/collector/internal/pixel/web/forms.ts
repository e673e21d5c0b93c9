// Forms that ask for it: <form data-tributary="Lead Submitted">. Of their fields only the e-mail address and those named in data-tributary-fields are read.

import { hashed } from './sha256'

type Track = (event: string, properties: Record<string, unknown>) => void

/** watchForms reports opted-in forms as they are submitted. */
export function watchForms(all: boolean, track: Track): void {
  // The page's own handlers may stop the event, or empty the form: come first.
  addEventListener(
    'submit',
    (e) => {
      const form = e.target as HTMLFormElement
      const d = form.dataset
      if (!d || d.tributary === undefined) return
      const properties: Record<string, unknown> = { form: form.getAttribute('id') || form.getAttribute('name') || undefined }
      const wanted = (d.tributaryFields || '').split(/[\s,]+/)
      for (const field of form.elements as any) {
        const value = field.value
        if (!value || field.type == 'password') continue
        if (field.type == 'email' || /^e?-?mail/i.test(field.name)) properties.email = all || d.tributaryHash !== undefined ? hashed(value) : value
        else if (field.name && wanted.includes(field.name) && (field.checked || !/radio|checkbox/.test(field.type))) properties[field.name] = value
      }
      track(d.tributary || 'Form Submitted', properties)
    },
    true,
  )
}
