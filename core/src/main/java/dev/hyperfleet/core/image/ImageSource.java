package dev.hyperfleet.core.image;

/**
 * The container image that a root file system was made of.
 *
 * @param reference what was asked for, in full
 * @param digest of the image's manifest, which that meant at the time
 */
public record ImageSource(String reference, String digest) {}
