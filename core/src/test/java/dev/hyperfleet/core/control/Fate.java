package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;

/** What becomes of a server's effects: each is let happen, or delayed, refused, or the server ends there. */
public interface Fate {
    /**
     * Meets an effect.
     *
     * @param action the effect itself, which this runs once, or not at all
     */
    void befall(Effect effect, MachineId id, Runnable action);
}
