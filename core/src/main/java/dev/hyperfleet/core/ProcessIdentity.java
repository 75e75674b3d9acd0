package dev.hyperfleet.core;

/**
 * Identifies a process uniquely; process ids alone are reused.
 *
 * @param pid its process id on the host
 * @param startTime when it started, in clock ticks after the host's boot
 * @param bootId the kernel's id of the host's boot
 */
public record ProcessIdentity(long pid, long startTime, String bootId) {}
