/** A zone of a region by its name: the region's, and a letter. Local and wavelength zones have other names. */
const ZONE = /^([a-z]+(?:-[a-z]+)+-\d+)([a-h])$/;

/** Letters that a zone may end in; no region has more zones. */
export const ZONE_LETTERS = "abcdefgh";

/** `eu-central-1` of `eu-central-1a`. */
export const regionOf = (zone: string): string => ZONE.exec(zone)?.[1] ?? "";

/** The letter that tells a zone from the others of its region. */
export const letterOf = (zone: string): string => ZONE.exec(zone)?.[2] ?? "";

/** What is wrong with a list of zones, all of it. */
export function zoneProblems(zones: readonly string[]): string[] {
  const strange = zones.filter((zone) => !ZONE.test(zone));
  const twice = zones.find((zone, at) => zones.indexOf(zone) < at);
  const regions = [...new Set(zones.filter((zone) => ZONE.test(zone)).map(regionOf))];
  return [
    ...(zones.length < 2 ? [`${zones.length} of them: give two or more, so that the loss of one is not all`] : []),
    ...strange.map((zone) => `"${zone}": not a zone of a region; write it like eu-central-1a`),
    ...(twice === undefined ? [] : [`"${twice}" is there twice`]),
    ...(regions.length > 1 ? [`of ${regions.join(" and ")}: a network is in one region`] : []),
  ];
}
