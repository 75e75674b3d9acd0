package dev.hyperfleet.api.system;

import dev.hyperfleet.core.host.Hypervisor;

/**
 * What the server says of itself.
 *
 * @param version of Hyperfleet
 */
public record ServerInfo(String version, Hypervisor.Description hypervisor) {}
