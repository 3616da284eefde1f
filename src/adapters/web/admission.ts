export interface AdmissionLimits {
  /** Deliveries that are read and stored at the same time. */
  deliveries: number;
  /** Their bytes together. */
  bytes: number;
}

/** How much is let in at once, so that a flood costs a bounded amount of memory. */
export interface Admission {
  /** Takes a place for so many bytes; answers how to give it back, or undefined when there is none. */
  enter(bytes: number): (() => void) | undefined;
}

export function createAdmission(limits: AdmissionLimits): Admission {
  let deliveries = 0;
  let held = 0;
  return {
    enter(bytes) {
      if (deliveries >= limits.deliveries || held + bytes > limits.bytes) return undefined;
      deliveries += 1;
      held += bytes;
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        deliveries -= 1;
        held -= bytes;
      };
    },
  };
}
