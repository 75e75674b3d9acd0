package dev.hyperfleet.api.system;

import dev.hyperfleet.core.host.Host;

/**
 * What the server says of itself.
 *
 * @param version of Hyperfleet
 */
public record ServerInfo(String version, Host.Description vmm) {}
