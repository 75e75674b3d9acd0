package dev.hyperfleet.api.system;

import dev.hyperfleet.core.host.Host;

/**
 * Information about the server.
 *
 * @param version of Hyperfleet
 */
public record ServerInfo(String version, Host.Description vmm) {}
