/**
 * Most characters of an API endpoint's name: AWS gives a load balancer's 32, of which `-nlb` and the engine's own suffix
 * take 12.
 */
export const MAX_ENDPOINT_NAME = 20;
