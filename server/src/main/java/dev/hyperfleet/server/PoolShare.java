package dev.hyperfleet.server;

import dev.hyperfleet.core.control.WarmStarts;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.core.machine.MachineSpec;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of {@code HYPERFLEET_WARM_POOL}: guests of one size that wait for machines.
 *
 * @param memSizeMib memory of each
 */
record PoolShare(int vcpuCount, int memSizeMib, int count) {
    static final String FORM = "a list of IMAGE:VCPUSxMIB=COUNT with the image 'default', like default:1x256=4";

    private static final Pattern TEXT =
            Pattern.compile("default:([1-9][0-9]{0,1})x([1-9][0-9]{0,6})=([1-9][0-9]{0,3})");

    /** The name of guests that have no machine yet. */
    private static final String NAME = "waiting";

    static PoolShare parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(text);
        }
        PoolShare share = new PoolShare(
                Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3)));
        if (share.vcpuCount > MachineSpec.MAX_VCPU_COUNT || share.memSizeMib < MachineSpec.MIN_MEM_SIZE_MIB) {
            throw new IllegalArgumentException(text);
        }
        return share;
    }

    String text() {
        return "default:%dx%d=%d".formatted(vcpuCount, memSizeMib, count);
    }

    WarmStarts.Share of(MachineDefaults defaults) {
        return new WarmStarts.Share(
                new MachineSpec(
                        NAME,
                        vcpuCount,
                        memSizeMib,
                        List.of(),
                        List.of(),
                        Automation.NONE,
                        true,
                        defaults.image(),
                        defaults.disks()),
                count);
    }
}
