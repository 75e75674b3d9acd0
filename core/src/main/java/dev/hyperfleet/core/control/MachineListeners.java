package dev.hyperfleet.core.control;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes events on to several listeners, in the order in which they were added. Safe for concurrent use. */
final class MachineListeners implements MachineListener {
    private final List<MachineListener> listeners;

    MachineListeners(MachineListener first) {
        listeners = new CopyOnWriteArrayList<>(List.of(first));
    }

    void add(MachineListener listener) {
        listeners.add(listener);
    }

    @Override
    public void on(MachineEvent event) {
        listeners.forEach(listener -> listener.on(event));
    }
}
