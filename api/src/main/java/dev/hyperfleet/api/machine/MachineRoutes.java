package dev.hyperfleet.api.machine;

import static dev.hyperfleet.http.MachineVersion.required;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.activity.ActivityTracker;
import dev.hyperfleet.core.activity.Automations;
import dev.hyperfleet.core.activity.HealthMonitor;
import dev.hyperfleet.core.control.ContainerImages;
import dev.hyperfleet.core.control.MachinePage;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.image.ImageReference;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.request.RequestContext;
import dev.hyperfleet.http.Caller;
import dev.hyperfleet.http.EntityTags;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.RequestLog;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import dev.hyperfleet.http.ValidationErrors;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Machines: create, list, get, delete, start, stop, restart, wait. */
public final class MachineRoutes implements RouteGroup {
    private static final int MAX_WAIT_SECONDS = 30;

    private static final String WARM_START = "warm_start";

    private static final List<String> CREATE_FIELDS = Stream.concat(
                    Stream.of("name", "vcpu_count", "mem_size_mib", "image", "snapshot", WARM_START),
                    MachineBody.SETTINGS.stream())
            .toList();

    private final Machines machines;
    private final ActivityTracker activity;
    private final HealthMonitor health;
    private final MachineDefaults defaults;
    private final ContainerImages images;
    private final long maxMemSizeMib;
    private final Clock clock;
    private final MachineDocuments documents = new MachineDocuments();

    /**
     * Routes to these machines.
     *
     * @param defaults the properties of new machines
     * @param images those of machines of a container image
     * @param maxMemSizeMib the host's memory in MiB
     */
    public MachineRoutes(
            Machines machines,
            Automations automations,
            MachineDefaults defaults,
            ContainerImages images,
            long maxMemSizeMib,
            Clock clock) {
        this.machines = machines;
        this.activity = automations.activity();
        this.health = automations.health();
        this.defaults = defaults;
        this.images = images;
        this.maxMemSizeMib = maxMemSizeMib;
        this.clock = clock;
    }

    @Override
    public void register(Routes routes) {
        var rest = new MachineContinuations(machines, documents);
        routes.filtered().taking("start").post("/machines", Scope.MACHINES_WRITE, this::create, rest::created);
        routes.filtered().taking("status", "name", "limit", "offset").get("/machines", Scope.MACHINES_READ, this::list);
        routes.get("/machines/{id}", Scope.MACHINES_READ, this::get);
        routes.taking("force").delete("/machines/{id}", Scope.MACHINES_WRITE, required(this::delete), rest::deleted);
        routes.patch("/machines/{id}", Scope.MACHINES_WRITE, required(this::configure), rest::changed);
        routes.taking(MachineContinuations.BOOT)
                .post("/machines/{id}/start", Scope.MACHINES_WRITE, required(this::start), rest::started);
        routes.post(
                "/machines/{id}/stop",
                Scope.MACHINES_WRITE,
                command(machines::stop),
                rest.until(MachineStatus.STOPPED, machines::stop));
        routes.post(
                "/machines/{id}/restart",
                Scope.MACHINES_WRITE,
                command(machines::restart),
                rest.until(MachineStatus.RUNNING, machines::start));
        routes.post(
                "/machines/{id}/pause",
                Scope.MACHINES_WRITE,
                command(machines::pause),
                rest.until(MachineStatus.PAUSED, machines::pause));
        routes.post(
                "/machines/{id}/resume",
                Scope.MACHINES_WRITE,
                command(machines::resume),
                rest.until(MachineStatus.RUNNING, machines::resume));
        routes.post(
                "/machines/{id}/suspend",
                Scope.MACHINES_WRITE,
                command(machines::suspend),
                rest.until(MachineStatus.SUSPENDED, machines::suspend));
        routes.post(
                "/machines/{id}/rollback",
                Scope.MACHINES_WRITE,
                required(this::rollBack),
                rest.until(MachineStatus.RUNNING, machines::start));
        routes.taking("status", "timeout").get("/machines/{id}/wait", Scope.MACHINES_READ, this::await);
    }

    private Handler command(Function<MachineId, Machine> command) {
        return required(context -> documents.answer(context, command.apply(MachinePath.id(context))));
    }

    private void start(Context context) {
        QueryParameters query = QueryParameters.read(context);
        boolean boot = query.flag(MachineContinuations.BOOT, false);
        query.throwIfInvalid();
        MachineId id = MachinePath.id(context);
        documents.answer(context, boot ? machines.boot(id) : machines.start(id));
    }

    private void create(Context context) {
        QueryParameters query = QueryParameters.read(context);
        boolean start = query.flag("start", false);
        query.throwIfInvalid();
        RequestBody body = RequestBody.read(context, CREATE_FIELDS);
        String name = body.requiredName();
        Machine created = body.has("snapshot") ? fromSnapshot(context, body, name) : fromImage(context, body, name);
        RequestLog.nameMachine(created.id());
        context.header("Location", "/machines/" + created.id());
        Machine machine = start ? started(created.id()) : created;
        context.status(HttpStatus.CREATED);
        documents.answer(context, machine);
    }

    private Machine fromImage(Context context, RequestBody body, String name) {
        long vcpuCount = body.requiredInteger("vcpu_count", 1, MachineSpec.MAX_VCPU_COUNT, "");
        long memSizeMib = body.requiredInteger(
                "mem_size_mib", MachineSpec.MIN_MEM_SIZE_MIB, maxMemSizeMib, ", the host's memory");
        boolean warmStart = body.optionalBoolean(WARM_START, true);
        Optional<ImageReference> reference = image(body);
        MachineBody.Settings settings = settings(context, body);
        MachineDefaults boots = reference.map(images::pull).orElse(defaults);
        return machines.create(new MachineSpec(
                name,
                Math.toIntExact(vcpuCount),
                memSizeMib,
                settings.exposedPorts(),
                settings.publicPorts(),
                settings.automation(),
                warmStart,
                boots.image(),
                boots.disks()));
    }

    private static Optional<ImageReference> image(RequestBody body) {
        Optional<String> text = body.optionalText("image", ImageReference.MAX_LENGTH);
        Optional<ImageReference> reference = text.flatMap(ImageReference::read);
        if (text.isPresent() && reference.isEmpty()) {
            body.refuse("image must be a container image, like python:3.13 or registry.example.com/team/name:tag");
        }
        return reference;
    }

    private MachineBody.Settings settings(Context context, RequestBody body) {
        MachineBody.Settings settings = MachineBody.read(body, MachineBody.Settings.DEFAULT, clock.instant());
        MachineBody.requireScopes(context, MachineBody.Settings.DEFAULT, settings);
        return settings;
    }

    /** Its size is that of the snapshot: a request that states another one is refused. */
    private Machine fromSnapshot(Context context, RequestBody body, String name) {
        String snapshot = snapshot(body);
        if (body.has("image")) {
            body.refuse("image and snapshot exclude each other: a snapshot has its machine's image");
        }
        boolean warmStart = body.optionalBoolean(WARM_START, true);
        MachineBody.Settings settings = settings(context, body);
        return machines.snapshots().createMachine(snapshot, Caller.seesSnapshot(context), saved -> {
            body.requireIfPresent("vcpu_count", saved.vcpuCount(), "the snapshot's");
            body.requireIfPresent("mem_size_mib", saved.memSizeMib(), "the snapshot's");
            body.throwIfInvalid();
            return new MachineSpec(
                    name,
                    saved.vcpuCount(),
                    saved.memSizeMib(),
                    settings.exposedPorts(),
                    settings.publicPorts(),
                    settings.automation(),
                    warmStart,
                    saved.image(),
                    saved.disks());
        });
    }

    private static String snapshot(RequestBody body) {
        return body.requiredText("snapshot", MachineSpec.NAME, "the id or the name of a snapshot");
    }

    private void rollBack(Context context) {
        MachineId id = MachinePath.id(context);
        RequestBody body = RequestBody.read(context, List.of("snapshot"));
        String snapshot = snapshot(body);
        body.throwIfInvalid();
        documents.answer(context, machines.snapshots().rollback(id, snapshot, Caller.seesSnapshot(context)));
    }

    /** Starts a machine that the same request has created; the error names it, since it exists. */
    private Machine started(MachineId id) {
        try {
            return RequestContext.current().continued().call(() -> machines.start(id));
        } catch (HyperfleetException failure) {
            throw failure.with("machine_id", id.value());
        }
    }

    private void list(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        Set<MachineStatus> statuses = query.statuses("status");
        int limit = query.limit();
        long offset = query.offset();
        query.throwIfInvalid();
        Optional<String> name = query.text("name");
        Predicate<Machine> which =
                Caller.sees(context).and(machine -> statuses.isEmpty() || statuses.contains(machine.status()));
        MachinePage page;
        if (name.isPresent()) {
            page = named(name.get(), which, limit, offset);
        } else if (Caller.seesAll(context)) {
            page = machines.list(statuses, limit, offset);
        } else {
            page = machines.list(which, limit, offset);
        }
        documents.answer(context, page);
    }

    /** Names are unique. */
    private MachinePage named(String name, Predicate<Machine> which, int limit, long offset) {
        List<Machine> found = machines
                .lookup(name, which.and(machine -> machine.spec().name().equals(name)))
                .stream()
                .toList();
        return new MachinePage(found.stream().skip(offset).limit(limit).toList(), found.size());
    }

    private void get(Context context) {
        ValidationErrors problems = new ValidationErrors();
        Optional<EntityTags> known = EntityTags.of(context, "If-None-Match", problems);
        problems.throwIfAny();
        Machine machine = machines.get(MachinePath.id(context));
        documents.answer(context, machine, activity.state(machine.id()), health.states(machine.id()), known);
    }

    private void delete(Context context) {
        QueryParameters query = QueryParameters.read(context);
        boolean force = query.flag("force", false);
        query.throwIfInvalid();
        MachineId id = MachinePath.id(context);
        if (force) {
            machines.remove(id);
        } else {
            machines.delete(id);
        }
        documents.forget(id);
        context.status(HttpStatus.NO_CONTENT).res().setContentType(null);
    }

    private void configure(Context context) {
        MachineId id = MachinePath.id(context);
        var _ = machines.get(id);
        RequestBody body = RequestBody.read(context, MachineBody.SETTINGS);
        MachineBody.requireWellFormed(body); // before If-Match is evaluated: RFC 9110, section 13.2.1
        documents.answer(
                context, machines.configure(id, before -> MachineBody.change(context, body, before, clock.instant())));
    }

    private void await(Context context) {
        QueryParameters query = QueryParameters.read(context);
        Set<MachineStatus> targets = query.requiredStatuses("status");
        long timeout = query.integer("timeout", 1, MAX_WAIT_SECONDS, MAX_WAIT_SECONDS);
        query.throwIfInvalid();
        documents.answer(context, machines.await(MachinePath.id(context), targets, Duration.ofSeconds(timeout)));
    }
}
