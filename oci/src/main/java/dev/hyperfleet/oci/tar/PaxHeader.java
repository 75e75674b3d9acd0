package dev.hyperfleet.oci.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What headers before an entry say of it, for which its own header has no room. */
final class PaxHeader {
    static final String ATTRIBUTE = "SCHILY.xattr.";
    private static final String PATH = "path";
    private static final String LINK = "linkpath";

    private final Map<String, String> records = new TreeMap<>();

    /** Records of the form "LENGTH KEY=VALUE\n", where the length is that of all of it. */
    void read(byte[] header) throws TarException {
        int begin = 0;
        while (begin < header.length) {
            int space = begin;
            while (space < header.length && header[space] != ' ') {
                space++;
            }
            String digits = new String(header, begin, space - begin, ISO_8859_1);
            int end = digits.matches("[0-9]{1,8}") ? begin + Integer.parseInt(digits) : -1;
            if (end <= space + 1 || end > header.length || header[end - 1] != '\n') {
                throw new TarException("has a damaged extended header");
            }
            String line = new String(header, space + 1, end - space - 2, ISO_8859_1);
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new TarException("has a damaged extended header");
            }
            records.put(line.substring(0, equals), line.substring(equals + 1));
            begin = end;
        }
    }

    void longName(String name) {
        records.put(PATH, name);
    }

    void longLink(String target) {
        records.put(LINK, target);
    }

    Optional<String> name() {
        return Optional.ofNullable(records.get(PATH));
    }

    Optional<String> link() {
        return Optional.ofNullable(records.get(LINK));
    }

    /** A whole number; of a time, the fraction is left out. */
    long number(String key, long otherwise) throws TarException {
        String value = records.get(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches("-?[0-9]{1,18}(\\.[0-9]*)?")) {
            throw new TarException("has a number that is none");
        }
        int point = value.indexOf('.');
        return Long.parseLong(point < 0 ? value : value.substring(0, point));
    }

    SortedMap<String, String> attributes() {
        SortedMap<String, String> attributes = new TreeMap<>();
        records.forEach((key, value) -> {
            if (key.startsWith(ATTRIBUTE)) {
                attributes.put(key.substring(ATTRIBUTE.length()), value);
            }
        });
        return attributes;
    }

    void requireNotSparse() throws TarException {
        if (records.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."))) {
            throw new TarException("has a sparse file in GNU's format, which is not supported");
        }
    }
}
