import type { OpenView, Workspace } from './workspace.ts';

/** What is filled in, by the labels of the fields. A time is in seconds since the epoch. */
export type Values = Readonly<Record<string, string>>;

interface InputBlock {
  type: string;
  block_id: string;
  label: { text: string };
  optional?: boolean;
  element: {
    type: string;
    action_id: string;
    initial_value?: string;
    initial_option?: { value: string };
    initial_date_time?: number;
    initial_conversation?: string;
    options?: { value: string; text: unknown }[];
  };
}

function inputsOf({ view }: OpenView): InputBlock[] {
  return (view.blocks as InputBlock[]).filter(({ type }) => type === 'input');
}

/** What Slack says of the fields: what was filled in, else what stood there at first. */
function stateOf(open: OpenView, values: Values): object {
  const state = inputsOf(open).map(({ block_id, label, element }) => {
    const given = values[label.text];
    return [block_id, { [element.action_id]: { type: element.type, ...filledIn(element, given) } }];
  });
  return { values: Object.fromEntries(state) };
}

function filledIn(element: InputBlock['element'], given: string | undefined): Record<string, unknown> {
  switch (element.type) {
    case 'static_select': {
      const value = given ?? element.initial_option?.value;
      const option = element.options?.find((each) => each.value === value);
      if (value !== undefined && option === undefined) throw new Error(`${value} can't be chosen`);
      return { selected_option: option ?? null };
    }
    case 'datetimepicker':
      return {
        selected_date_time: given === undefined ? (element.initial_date_time ?? null) : Number(given),
      };
    case 'conversations_select':
      return { selected_conversation: given ?? element.initial_conversation ?? null };
    default:
      return { value: given ?? element.initial_value ?? null };
  }
}

/** A filled modal. */
export function submitted(
  workspace: Workspace,
  user: string,
  open: OpenView,
  values: string | Values,
): object {
  const [first] = inputsOf(open);
  const filled = typeof values === 'string' ? { [first?.label.text ?? '']: values } : values;
  const unknown = Object.keys(filled).filter(
    (label) => !inputsOf(open).some((each) => each.label.text === label),
  );
  if (unknown.length > 0) throw new Error(`the modal has no ${unknown.join(', ')}`);
  for (const { label, optional, element } of inputsOf(open)) {
    const empty = Object.values(filledIn(element, filled[label.text])).every((value) => (value ?? '') === '');
    if (empty && optional !== true) throw new Error(`Slack does not submit without ${label.text}`);
  }
  return {
    type: 'view_submission',
    trigger_id: workspace.newTrigger(user),
    view: shown(workspace, open, filled),
    response_urls: [],
  };
}

/** A button of a view that was pressed, or a field in which something was chosen. */
export function pressedInView(
  workspace: Workspace,
  user: string,
  open: OpenView,
  button: object | undefined,
  chosen?: { label: string; value: string },
): object {
  const field = inputsOf(open).find(({ label }) => label.text === chosen?.label);
  const action =
    field && chosen
      ? {
          type: field.element.type,
          action_id: field.element.action_id,
          block_id: field.block_id,
          ...filledIn(field.element, chosen.value),
        }
      : { ...button, block_id: 'b1' };
  const isModal = open.view.type === 'modal';
  return {
    type: 'block_actions',
    container: { type: 'view', view_id: open.id },
    trigger_id: workspace.newTrigger(user, isModal ? open.id : undefined),
    view: shown(workspace, open, chosen === undefined ? {} : { [chosen.label]: chosen.value }),
    actions: [{ ...action, action_ts: workspace.nextTs() }],
  };
}

function shown(workspace: Workspace, open: OpenView, values: Values): object {
  return {
    private_metadata: '',
    ...open.view,
    id: open.id,
    team_id: workspace.team,
    hash: open.hash,
    previous_view_id: open.under ?? null,
    state: stateOf(open, values),
  };
}
