package dev.hyperfleet.host.snapshot;

import dev.hyperfleet.core.HmacSha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The form of archives: a ZIP file with these entries in this order, of which a snapshot without memory lacks two.
 *
 * <ol>
 *   <li>{@value #MANIFEST}: the description of the snapshot;
 *   <li>{@value #DEVICES}, {@value #MEMORY}, {@value #DISK}: its files without their holes. Each begins with the size of
 *       the file, 8 bytes; then come ranges in ascending order: an offset of 8 bytes, a length of 4 bytes, which is at
 *       most {@value #MAX_RANGE}, and that many bytes. The last one has length 0, and the size as its offset. Numbers
 *       are big-endian;
 *   <li>{@value #DIGESTS}: the SHA-256 of each entry before it, in the form of sha256sum;
 *   <li>{@value #SIGNATURE}: the HMAC-SHA-256 of {@value #DIGESTS} with the key of the hosts, in hexadecimal. VMMs trust
 *       the state of devices that they load, so memory is accepted from hosts with the same key alone.
 * </ol>
 */
final class ArchiveFormat {
    static final String MANIFEST = "manifest.json";
    static final String DEVICES = "devices";
    static final String MEMORY = "memory";
    static final String DISK = "disk";
    static final String DIGESTS = "SHA256SUMS";
    static final String SIGNATURE = "SIGNATURE";
    static final int MAX_RANGE = 1 << 20;

    private ArchiveFormat() {}

    /**
     * The content of {@value #DIGESTS}.
     *
     * @param digests by entries, in their order
     */
    static byte[] list(Map<String, byte[]> digests) {
        return digests.entrySet().stream()
                .map(entry -> "%s  %s\n".formatted(HexFormat.of().formatHex(entry.getValue()), entry.getKey()))
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] signature(byte[] list, byte[] key) {
        return (HexFormat.of().formatHex(HmacSha256.of(list, key)) + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
