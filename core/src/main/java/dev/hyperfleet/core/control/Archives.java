package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.SnapshotArchive;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.request.RequestContext;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Snapshots as archives, which move them to other hosts. Safe for concurrent use; calls block. */
public final class Archives {
    private static final long MIB = 1024 * 1024;

    private final Snapshots snapshots;
    private final Machines.Ports ports;
    private final MachineDefaults defaults;
    private final long maxMemSizeMib;

    /**
     * @param defaults of new machines, whose image archives may have
     * @param maxMemSizeMib the host's memory
     */
    public Archives(Machines machines, Machines.Ports ports, MachineDefaults defaults, long maxMemSizeMib) {
        this.maxMemSizeMib = maxMemSizeMib;
        this.snapshots = machines.snapshots();
        this.ports = ports;
        this.defaults = defaults;
    }

    /**
     * What an archive says of its snapshot. Images have the same digest on all hosts, and other paths.
     *
     * @param image the digest of the machine's image
     * @param diskMib the size of the machine's own disk
     * @param vmm which VMM can load the memory; empty if it has only a disk
     */
    public record Description(
            String name,
            Map<String, String> labels,
            MachineId machine,
            String machineName,
            int vcpuCount,
            long memSizeMib,
            long diskMib,
            String image,
            Optional<String> vmm) {
        /**
         * Describes a snapshot.
         *
         * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED} if its machine's image has no digest
         */
        public static Description of(Snapshot snapshot) {
            MachineSpec spec = snapshot.spec();
            return new Description(
                    snapshot.name(),
                    snapshot.labels(),
                    snapshot.machine(),
                    spec.name(),
                    spec.vcpuCount(),
                    spec.memSizeMib(),
                    ownDisk(spec.disks()).sizeMib(),
                    spec.image()
                            .digest()
                            .orElseThrow(() -> new HyperfleetException(
                                    ErrorCode.UNSUPPORTED,
                                    "Snapshot '%s' is of a machine of release 0.1, whose image is not known exactly"
                                            .formatted(snapshot.name()))),
                    snapshot.vmm());
        }

        /** The same with another name. */
        public Description named(String other) {
            return new Description(other, labels, machine, machineName, vcpuCount, memSizeMib, diskMib, image, vmm);
        }
    }

    /**
     * Writes an archive of a snapshot.
     *
     * @param manifest describes it, in the form that {@link #add} reads
     * @throws IOException if the recipient takes no more, or the snapshot is deleted meanwhile
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND} if its files are missing; nothing is written then
     */
    public void write(Snapshot snapshot, byte[] manifest, OutputStream to) throws IOException {
        ports.host().snapshots().writeArchive(snapshot.id(), snapshot.hasMemory(), manifest, to);
    }

    /**
     * Adds the snapshot of an archive. It belongs to the caller.
     *
     * @param manifest reads the archive's manifest
     * @param diskOnly whether its memory is left out
     * @throws HyperfleetException as {@link SnapshotArchive#receive} says; {@link ErrorCode#CONFLICT} if its name is
     *     taken, {@link ErrorCode#QUOTA_EXCEEDED}; {@link ErrorCode#UNSUPPORTED} if this host does not have its image,
     *     or machines of its size
     */
    public Snapshot add(InputStream from, Function<byte[], Description> manifest, boolean diskOnly) {
        snapshots.requireRoom(1);
        SnapshotArchive archive = ports.host().snapshots().openArchive(from);
        Description described = manifest.apply(archive.manifest());
        MachineSpec spec = spec(described);
        long memoryMib = described.vmm().isPresent() ? described.memSizeMib() : 0;
        return snapshots.add(described.name(), id -> {
            archive.receive(
                    id, new SnapshotArchive.Content(memoryMib, described.diskMib(), diskOnly), this::requireRoom);
            return snapshot(id, described, spec, diskOnly);
        });
    }

    /** The bytes count when the snapshot is added; until then they must not fill the disk. */
    private void requireRoom(long bytes) {
        snapshots.requireRoom((bytes + MIB - 1) / MIB);
    }

    private Snapshot snapshot(SnapshotId id, Description described, MachineSpec spec, boolean diskOnly) {
        return new Snapshot(
                id,
                described.name(),
                described.labels(),
                described.machine(),
                spec,
                described.vmm().filter(_ -> !diskOnly),
                0,
                0,
                Duration.ZERO,
                Optional.empty(),
                false,
                RequestContext.current().cause().owner(),
                ports.clock().instant().truncatedTo(ChronoUnit.MICROS));
    }

    private MachineSpec spec(Description described) {
        if (described.memSizeMib() > maxMemSizeMib) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    "The snapshot's machine has %d MiB of memory, which is more than this host's %d"
                            .formatted(described.memSizeMib(), maxMemSizeMib));
        }
        MachineDefaults kit = known().filter(known -> known.image().digest().equals(Optional.of(described.image())))
                .findFirst()
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.UNSUPPORTED,
                        "The snapshot's machine has the image %s, which this host does not have: install the same image"
                                .formatted(described.image())));
        long maxDiskMib = ownDisk(kit.disks()).sizeMib();
        if (described.diskMib() > maxDiskMib) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    "The snapshot has a disk of %d MiB, and machines of this host have at most %d"
                            .formatted(described.diskMib(), maxDiskMib));
        }
        return new MachineSpec(
                described.machineName(),
                described.vcpuCount(),
                described.memSizeMib(),
                List.of(),
                List.of(),
                Automation.NONE,
                true,
                kit.image(),
                kit.disks().stream()
                        .map(disk ->
                                disk.isReadOnly() ? disk : new Disk(disk.kind(), disk.source(), described.diskMib()))
                        .toList());
    }

    /** The images of this host, each with the disks of its machines. */
    private Stream<MachineDefaults> known() {
        return Stream.concat(
                Stream.of(defaults), snapshots.specs().map(spec -> new MachineDefaults(spec.image(), spec.disks())));
    }

    private static Disk ownDisk(List<Disk> disks) {
        return disks.stream()
                .filter(disk -> !disk.isReadOnly())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("each machine has a disk of its own"));
    }
}
