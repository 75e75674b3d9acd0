package dev.hyperfleet.core.control;

/** Port: receives every event after it happened. Must be fast, and must not throw. */
public interface MachineListener {
    void on(MachineEvent event);
}
