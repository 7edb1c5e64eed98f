/** A container's security where Pod Security enforces `restricted`: it may write nowhere but in its volumes. */
export const CONFINED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
