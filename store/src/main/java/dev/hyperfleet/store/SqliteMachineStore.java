package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.control.MachineStore;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.Restarts;
import dev.hyperfleet.core.request.Cause;
import dev.hyperfleet.core.request.IdempotentRequest;
import dev.hyperfleet.core.request.RequestContext;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Machines in SQLite, and an event with each change of one, in the same transaction. */
public final class SqliteMachineStore implements MachineStore {
    private static final String COLUMNS = """
            id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, \
            initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, \
            guest_ip, guest_mac, egress, created_at, updated_at, slot, tap_device, tap_ip, private_ip, \
            public_ports, automation, restart_count, restart_at, version, owner, \
            least_mem_size_mib""";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int FORGET_EVERY = 1000;

    private final Database database;
    private final DatabaseWriter writer;
    private final PreparedStatement replace;
    private final PreparedStatement delete;
    private final PreparedStatement deleteLease;
    private final PreparedStatement event;
    private final PreparedStatement deletion;
    private final PreparedStatement forget;
    private final SqliteEvents events;
    private final SqliteIdempotencyStore requests;
    private final Clock clock;

    /**
     * A store in this database.
     *
     * @param events is told when there are new ones
     * @param requests notes those that machines are changed for
     */
    public SqliteMachineStore(
            Database database,
            DatabaseWriter writer,
            SqliteEvents events,
            SqliteIdempotencyStore requests,
            Clock clock) {
        this.database = database;
        this.writer = writer;
        this.events = events;
        this.requests = requests;
        this.clock = clock;
        replace = writer.prepare("INSERT INTO machines (" + COLUMNS + ") VALUES ("
                + "?,".repeat(31) + "?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
                + " error_message = excluded.error_message, pid = excluded.pid,"
                + " pid_start_time = excluded.pid_start_time, boot_id = excluded.boot_id,"
                + " socket_path = excluded.socket_path, guest_ip = excluded.guest_ip,"
                + " guest_mac = excluded.guest_mac, egress = excluded.egress,"
                + " tap_device = excluded.tap_device, tap_ip = excluded.tap_ip,"
                + " private_ip = excluded.private_ip, exposed_ports = excluded.exposed_ports,"
                + " public_ports = excluded.public_ports, automation = excluded.automation,"
                + " restart_count = excluded.restart_count, restart_at = excluded.restart_at, updated_at = excluded.updated_at,"
                + " version = excluded.version");
        delete = writer.prepare("DELETE FROM machines WHERE id = ?");
        deleteLease = writer.prepare("DELETE FROM leases WHERE machine_id = ?");
        String columns = "INSERT INTO events (at, machine_id, machine_name, type, message, request_id, actor) ";
        event = writer.prepare(columns + "VALUES (?, ?, ?, ?, ?, ?, ?)", Statement.RETURN_GENERATED_KEYS);
        deletion = writer.prepare(
                columns + "SELECT ?, id, name, '" + Event.DELETED + "', NULL, ?, ? FROM machines WHERE id = ?");
        forget = writer.prepare("DELETE FROM events WHERE sequence <= ?");
    }

    @Override
    public List<Machine> load() {
        try (DatabaseReader reader = new DatabaseReader(database)) {
            PreparedStatement select = reader.prepare("SELECT " + COLUMNS + " FROM machines ORDER BY sequence");
            return reader.read(() -> DatabaseReader.all(select, SqliteMachineStore::read));
        }
    }

    @Override
    public void insert(Machine machine) {
        write(Importance.ORDINARY, machine, machine.status().text());
    }

    @Override
    public void update(Machine machine) {
        write(Importance.VITAL, machine, machine.status().text());
    }

    @Override
    public void configure(Machine machine) {
        write(Importance.ORDINARY, machine, Event.CONFIGURED);
    }

    private void write(Importance importance, Machine machine, String type) {
        Cause cause = RequestContext.current().cause();
        Optional<IdempotentRequest> request = RequestContext.current().idempotent();
        writer.write(importance, () -> {
            note(request, machine.id());
            bind(machine);
            replace.executeUpdate();
            int column = 0;
            event.setLong(++column, Times.micros(machine.updatedAt()));
            event.setString(++column, machine.id().value());
            event.setString(++column, machine.spec().name());
            event.setString(++column, type);
            event.setObject(++column, machine.errorMessage().orElse(null));
            event.setObject(++column, cause.requestId().orElse(null));
            event.setObject(++column, cause.actor().orElse(null));
            event.executeUpdate();
            forgetOldest(event);
        });
        events.signal();
    }

    @Override
    public void delete(MachineId id) {
        Cause cause = RequestContext.current().cause();
        Optional<IdempotentRequest> request = RequestContext.current().idempotent();
        Instant now = clock.instant();
        writer.write(Importance.VITAL, () -> {
            note(request, id);
            int column = 0;
            deletion.setLong(++column, Times.micros(now));
            deletion.setObject(++column, cause.requestId().orElse(null));
            deletion.setObject(++column, cause.actor().orElse(null));
            deletion.setString(++column, id.value());
            deletion.executeUpdate();
            delete.setString(1, id.value());
            delete.executeUpdate();
            deleteLease.setString(1, id.value());
            deleteLease.executeUpdate();
        });
        events.signal();
    }

    private void note(Optional<IdempotentRequest> request, MachineId machine) throws SQLException {
        if (request.isPresent()) {
            requests.note(request.get(), Optional.of(machine));
        }
    }

    /** Now and then, so that not each write pays for it. */
    private void forgetOldest(PreparedStatement inserted) throws SQLException {
        try (ResultSet key = inserted.getGeneratedKeys()) {
            long sequence = key.next() ? key.getLong(1) : 0;
            if (sequence > SqliteEvents.KEPT && sequence % FORGET_EVERY == 0) {
                forget.setLong(1, sequence - SqliteEvents.KEPT);
                forget.executeUpdate();
            }
        }
    }

    private void bind(Machine machine) throws SQLException {
        MachineSpec spec = machine.spec();
        int column = 0;
        replace.setString(++column, machine.id().value());
        replace.setLong(++column, machine.sequence());
        replace.setString(++column, spec.name());
        replace.setInt(++column, spec.vcpuCount());
        replace.setLong(++column, spec.memSizeMib());
        replace.setString(++column, text(spec.exposedPorts()));
        replace.setString(++column, spec.image().kernel().toString());
        replace.setString(++column, spec.image().kernelArgs());
        set(++column, spec.image().initrd().map(Path::toString));
        replace.setString(++column, spec.image().rootfs().toString());
        replace.setString(++column, machine.status().text());
        set(++column, machine.errorMessage());
        Optional<Instance> instance = machine.instance();
        set(++column, instance.map(it -> it.process().pid()));
        set(++column, instance.map(it -> it.process().startTime()));
        set(++column, instance.map(it -> it.process().bootId()));
        set(++column, instance.map(it -> it.socket().toString()));
        set(++column, instance.map(it -> it.network().guestAddress()));
        set(++column, instance.map(it -> it.network().guestMac()));
        set(++column, instance.map(it -> it.network().egress()));
        replace.setLong(++column, Times.micros(machine.createdAt()));
        replace.setLong(++column, Times.micros(machine.updatedAt()));
        replace.setInt(++column, machine.slot());
        Optional<NetworkAttachment.Tap> tap =
                instance.flatMap(it -> it.network().tap());
        set(++column, tap.map(NetworkAttachment.Tap::device));
        set(++column, tap.map(NetworkAttachment.Tap::address));
        set(++column, instance.flatMap(it -> it.network().privateAddress()));
        replace.setString(++column, text(spec.publicPorts()));
        replace.setString(++column, JSON.writeValueAsString(spec.automation()));
        replace.setInt(++column, machine.restarts().count());
        set(++column, machine.restarts().next().map(Times::micros));
        replace.setLong(++column, machine.version());
        set(++column, machine.owner());
        replace.setLong(++column, spec.image().leastMemSizeMib());
    }

    private void set(int column, Optional<?> value) throws SQLException {
        replace.setObject(column, value.orElse(null));
    }

    private static Machine read(ResultSet row) throws SQLException {
        Image image = new Image(
                Optional.empty(),
                Path.of(row.getString("kernel_image_path")),
                row.getString("kernel_args"),
                Optional.ofNullable(row.getString("initrd_path")).map(Path::of),
                Path.of(row.getString("rootfs_path")),
                row.getLong("least_mem_size_mib"));
        MachineSpec spec = new MachineSpec(
                row.getString("name"),
                row.getInt("vcpu_count"),
                row.getLong("mem_size_mib"),
                ports(row.getString("exposed_ports")),
                ports(row.getString("public_ports")),
                JSON.readValue(row.getString("automation"), Automation.class),
                image,
                Disk.overImage(1, 16_384));
        String status = row.getString("status");
        return new Machine(
                new MachineId(row.getString("id")),
                row.getLong("sequence"),
                row.getInt("slot"),
                spec,
                Optional.ofNullable(row.getString("owner")),
                MachineStatus.of(status).orElseThrow(() -> new SQLException("unknown status: " + status)),
                Optional.ofNullable(row.getString("error_message")),
                instance(row),
                restarts(row),
                Times.instant(row.getLong("created_at")),
                Times.instant(row.getLong("updated_at")),
                row.getLong("version"));
    }

    private static String text(List<Integer> ports) {
        return ports.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static List<Integer> ports(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
    }

    private static Restarts restarts(ResultSet row) throws SQLException {
        int count = row.getInt("restart_count");
        long next = row.getLong("restart_at");
        return new Restarts(count, row.wasNull() ? Optional.empty() : Optional.of(Times.instant(next)));
    }

    private static Optional<Instance> instance(ResultSet row) throws SQLException {
        @Nullable String bootId = row.getString("boot_id");
        if (bootId == null) {
            return Optional.empty();
        }
        return Optional.of(new Instance(
                new ProcessIdentity(row.getLong("pid"), row.getLong("pid_start_time"), bootId),
                Path.of(row.getString("socket_path")),
                new NetworkAttachment(
                        row.getString("guest_ip"),
                        row.getString("guest_mac"),
                        row.getBoolean("egress"),
                        tap(row),
                        Optional.ofNullable(row.getString("private_ip")))));
    }

    private static Optional<NetworkAttachment.Tap> tap(ResultSet row) throws SQLException {
        @Nullable String device = row.getString("tap_device");
        return device == null
                ? Optional.empty()
                : Optional.of(new NetworkAttachment.Tap(device, row.getString("tap_ip")));
    }
}
