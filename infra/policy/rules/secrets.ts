/** Text with a private key in it. */
export const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Names of variables that hold what nobody but the program should read. */
export const SECRET_NAME = /(^|_)(PASSWORD|PASSWD|TOKEN|SECRET|PRIVATE_KEY|ACCESS_KEY|API_KEY|CREDENTIALS)$/i;
