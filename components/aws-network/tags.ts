/** Tags that every resource on AWS carries: whose it is, for bills and for whoever cleans up. */
export type AwsTags = Readonly<Record<string, string>> & { readonly Project: string; readonly Stack: string };

/** The common tags of a stack; tags of the user's own come on top and win. */
export const awsTags = (project: string, stack: string, user: Readonly<Record<string, string>> = {}): AwsTags => ({
  Project: project,
  Stack: stack,
  ...user,
});

/** The common tags and the name that AWS's console shows. */
export const named = (name: string, tags: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...tags,
  Name: name,
});

/** Says at the resource why it is reached from the internet; what has no such tag is meant to be inside. */
export const PUBLIC_TAG = "ofwasm.dev/public";
