package dev.hyperfleet.api.snapshot;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.Archives.Description;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.snapshot.Snapshot;
import dev.hyperfleet.http.Json;
import dev.hyperfleet.http.RequestBody;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The description of a snapshot in its archive.
 *
 * @param format {@value #FORMAT}; another form of archives would have another number
 * @param vmm which VMM can load the memory; null if there is only a disk
 */
record ArchiveManifest(
        int format,
        String name,
        Map<String, String> labels,
        String machineId,
        String machineName,
        int vcpuCount,
        long memSizeMib,
        long diskSizeMib,
        String image,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String vmm) {
    private static final int FORMAT = 1;
    private static final int MAX_VMM = 1024;

    /** 16 TiB, the largest disk that ext4 supports with its usual blocks; hosts with more memory are far off. */
    private static final long MAX_MIB = 1 << 24;

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    private static final List<String> FIELDS = List.of(
            "format",
            "name",
            "labels",
            "machine_id",
            "machine_name",
            "vcpu_count",
            "mem_size_mib",
            "disk_size_mib",
            "image",
            "vmm");

    static byte[] write(Snapshot snapshot) {
        Description described = Description.of(snapshot);
        return Json.MAPPER.writeValueAsBytes(new ArchiveManifest(
                FORMAT,
                described.name(),
                new TreeMap<>(described.labels()),
                described.machine().value(),
                described.machineName(),
                described.vcpuCount(),
                described.memSizeMib(),
                described.diskMib(),
                described.image(),
                described.vmm().orElse(null)));
    }

    /**
     * Reads a manifest, which a stranger may have written.
     *
     * @throws HyperfleetException {@link ErrorCode#VALIDATION_ERROR}
     */
    static Description read(byte[] json) {
        try {
            return parse(RequestBody.parse(json, FIELDS));
        } catch (HyperfleetException invalid) {
            throw new HyperfleetException(
                    invalid.code(), "The archive's manifest.json is not valid: " + invalid.getMessage(), invalid);
        }
    }

    private static Description parse(RequestBody manifest) {
        var _ = manifest.requiredInteger("format", FORMAT, FORMAT, ": another release has written it");
        Description described = new Description(
                manifest.requiredName(),
                manifest.optionalTextMap("labels", Snapshot.MAX_LABELS, Snapshot.MAX_LABEL),
                new MachineId(manifest.requiredText("machine_id", MachineId.FORM, "a machine's id")),
                manifest.requiredText("machine_name", MachineSpec.NAME, RequestBody.NAME_RULE),
                Math.toIntExact(manifest.requiredInteger("vcpu_count", 1, MachineSpec.MAX_VCPU_COUNT, "")),
                manifest.requiredInteger("mem_size_mib", MachineSpec.MIN_MEM_SIZE_MIB, MAX_MIB, ""),
                manifest.requiredInteger("disk_size_mib", 1, MAX_MIB, ""),
                manifest.requiredText("image", DIGEST, "a SHA-256 like sha256:0123…"),
                manifest.optionalLine("vmm", MAX_VMM));
        manifest.throwIfInvalid();
        return described;
    }
}
