/** Slack's limits. Rule: its Block Kit reference; the sum over all blocks was measured (msg_blocks_too_long). */
export const limits = {
  blocks: 50,
  sectionText: 3_000,
  allText: 13_200,
  /** Of a link; a longer one stays plain text. */
  address: 2_000,
  altText: 2_000,
  contextElements: 10,
  actionElements: 25,
  buttonLabel: 75,
  buttonValue: 2_000,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  modalTitle: 24,
  privateMetadata: 3_000,
  inputLength: 3_000,
  /** Of a command: what the parser reads. */
  command: 4_000,
  inputLabel: 2_000,
  blockId: 255,
  options: 100,
  optionText: 75,
  optionValue: 75,
  /** Of a modal or a Home tab. */
  viewBlocks: 100,
  headerText: 150,
  /** Of the text beside the blocks: Slack advises 4,000 and cuts at 40,000. */
  fallbackText: 3_000,
} as const;
