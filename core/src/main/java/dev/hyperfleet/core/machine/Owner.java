package dev.hyperfleet.core.machine;

import java.util.Optional;

/**
 * The API key that created a machine or a snapshot.
 *
 * @param name the key's name, for quotas and people: a later key may have it, too
 * @param keyId the key's id, which no other key ever has; empty for machines that were created before it was stored
 */
public record Owner(String name, Optional<String> keyId) {}
