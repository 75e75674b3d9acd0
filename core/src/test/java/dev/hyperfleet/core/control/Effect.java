package dev.hyperfleet.core.control;

/** A server's effect on the outside world. */
public enum Effect {
    INSERT,
    UPDATE,
    CONFIGURE,
    DELETE,
    PREPARE_DISK,
    PREPARE_RUNTIME,
    LAUNCH,
    BOOT,
    AWAIT_READY,
    CONNECT,
    PAUSE,
    RESUME,
    QUERY,
    SHUT_DOWN,
    PRESS_POWER_BUTTON,
    KILL,
    REMOVE_RUNTIME,
    REMOVE_DISK;

    /** Whether it is a transaction of the store. */
    public boolean isWrite() {
        return compareTo(DELETE) <= 0;
    }

    /** Whether it changes nothing, so that several may run concurrently. */
    public boolean changesNothing() {
        return this == AWAIT_READY || this == CONNECT || this == QUERY;
    }
}
