import htm from 'htm';
import { h, type VNode } from 'preact';

type Html = (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

// htm's types describe its CommonJS form, where the function is the module itself.
const { bind } = htm as unknown as { bind(this: unknown, create: typeof h): Html };

/** Markup by tagged template: text is always text, never HTML. */
export const html: Html = bind.call(htm, h);

export type View = VNode | string | null | readonly View[];
