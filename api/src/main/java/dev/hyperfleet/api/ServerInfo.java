package dev.hyperfleet.api;

import dev.hyperfleet.core.host.Hypervisor;

/**
 * What the server says of itself.
 *
 * @param version of Hyperfleet
 */
public record ServerInfo(String version, Hypervisor.Description hypervisor) {}
