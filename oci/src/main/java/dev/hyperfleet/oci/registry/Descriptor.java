package dev.hyperfleet.oci.registry;

/**
 * Something that a registry has.
 *
 * @param mediaType what it is
 * @param digest of its bytes, as {@code sha256:} and 64 hexadecimal digits
 * @param size in bytes
 */
public record Descriptor(String mediaType, String digest, long size) {}
