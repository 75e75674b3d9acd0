package dev.hyperfleet.core.control;

/** Port: is told of every event, after it happened. Must be quick, and must not throw. */
public interface MachineListener {
    void on(MachineEvent event);
}
