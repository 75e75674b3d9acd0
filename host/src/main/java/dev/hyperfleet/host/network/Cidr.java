package dev.hyperfleet.host.network;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of IPv4 addresses.
 *
 * @param address the first of them, as a number
 * @param prefix number of leading bits that they share, 0 to 32
 */
public record Cidr(long address, int prefix) {
    private static final Pattern FORM =
            Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(?:/(\\d{1,2}))?");
    private static final int BITS = 32;

    /** Reads "10.0.0.0/8", or a single address. Bits after the prefix are ignored. */
    public static Cidr parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not an IPv4 block: " + text);
        }
        long address = 0;
        for (int group = 1; group <= 4; group++) {
            int part = Integer.parseInt(matcher.group(group));
            if (part > 255) {
                throw new IllegalArgumentException("not an IPv4 block: " + text);
            }
            address = address << 8 | part;
        }
        String prefixText = matcher.group(5);
        int prefix = prefixText == null ? BITS : Integer.parseInt(prefixText);
        if (prefix > BITS) {
            throw new IllegalArgumentException("not an IPv4 block: " + text);
        }
        return new Cidr(address & mask(prefix), prefix);
    }

    private static long mask(int prefix) {
        return prefix == 0 ? 0 : (0xffff_ffffL << (BITS - prefix)) & 0xffff_ffffL;
    }

    /** How many addresses it has. */
    public long size() {
        return 1L << (BITS - prefix);
    }

    /** One of its addresses, counted from 0. */
    String at(long index) {
        String single = new Cidr(address + index, BITS).toString();
        return single.substring(0, single.indexOf('/'));
    }

    boolean contains(Cidr other) {
        return prefix <= other.prefix && (other.address & mask(prefix)) == address;
    }

    /** Whether this is one of its addresses; an IPv6 address is not. */
    public boolean containsAddress(String text) {
        return FORM.matcher(text).matches() && contains(parse(text));
    }

    /** This block without the other: the smallest set of blocks that covers it. */
    List<Cidr> without(Cidr other) {
        List<Cidr> left = new ArrayList<>();
        if (other.contains(this)) {
            return left;
        }
        if (!contains(other)) {
            left.add(this);
            return left;
        }
        Cidr lower = new Cidr(address, prefix + 1);
        Cidr upper = new Cidr(address | 1L << (BITS - prefix - 1), prefix + 1);
        left.addAll(lower.without(other));
        left.addAll(upper.without(other));
        return left;
    }

    @Override
    public String toString() {
        return "%d.%d.%d.%d/%d"
                .formatted(address >> 24 & 255, address >> 16 & 255, address >> 8 & 255, address & 255, prefix);
    }
}
