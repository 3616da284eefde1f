import { z } from 'zod';

/** The two sides of the sandbox. */
export const colours = ['blue', 'green'] as const;
export const colourSchema = z.enum(colours);
export type Colour = z.infer<typeof colourSchema>;

/** Reads a colour from outside; undefined when there is none of that name. */
export function asColour(text: string | undefined): Colour | undefined {
  return colours.find((colour) => colour === text);
}
