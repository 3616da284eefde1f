import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Keeps a box that is edited often from shrinking, so that what stands below does not jump with each edit.
 * It may shrink again once it is no longer live, or when its width changes.
 */
export function useSteadyHeight(live: boolean) {
  const box = useRef<HTMLElement>(null);
  const tallest = useRef({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (!live) {
      element.style.minHeight = '';
      return;
    }
    const width = element.offsetWidth;
    if (tallest.current.width !== width) {
      element.style.minHeight = '';
      tallest.current = { width, height: 0 };
    }
    tallest.current.height = Math.max(tallest.current.height, element.getBoundingClientRect().height);
    element.style.minHeight = `${tallest.current.height}px`;
  });
  return box;
}
