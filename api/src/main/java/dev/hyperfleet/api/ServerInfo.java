package dev.hyperfleet.api;

import dev.hyperfleet.core.Hypervisor;

/**
 * What the server says of itself.
 *
 * @param version of Hyperfleet
 */
public record ServerInfo(String version, Hypervisor.Description hypervisor) {}
