"use strict";

// Where ip, iptables and debootstrap are. Debian's plain `su` and some services leave these out of root's PATH.
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** PATH with the folders of system programs at its end. */
function withSystemFolders(current) {
  const folders = (current || "/usr/local/bin:/usr/bin:/bin").split(":");
  return [...folders, ...SYSTEM_FOLDERS.filter((folder) => !folders.includes(folder))].join(":");
}

module.exports = { withSystemFolders };
