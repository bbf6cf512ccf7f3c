using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using SocketIO.Cluster;
using SocketIO.Orleans;

namespace SocketIO.Gateway;

/// <summary>The HTTP interface for back-ends that are no Orleans clients.</summary>
internal static class Publishing
{
    public static void AddPublishing(this IServiceCollection services, PublishOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<PublishTelemetry>();
        services.AddSingleton<PublishGuard>();
        services.AddOpenApi("v1");
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.RespectNullableAnnotations = true);
        services.Configure<RouteHandlerOptions>(static handlers => handlers.ThrowOnBadRequest = true);
    }

    public static void MapPublishing(this WebApplication app)
    {
        app.Use(app.Services.GetRequiredService<PublishGuard>().GuardAsync);
        app.MapOpenApi("/api/{documentName}/openapi.json");
        var api = app.MapGroup(PublishGuard.Path).AddEndpointFilter(TranslateAsync);
        api.MapPost("/emit", EmitAsync).WithSummary("Sends an event").WithDescription("Without a timeout it is answered with 202 as soon as the event has its place in the order that all receivers see.");
        api.MapPost("/sockets", FetchAsync).WithSummary("Lists sockets");
        api.MapPost("/join", JoinAsync).WithSummary("Puts sockets into rooms");
        api.MapPost("/leave", LeaveAsync).WithSummary("Takes sockets out of rooms");
        api.MapPost("/disconnect", DisconnectAsync).WithSummary("Disconnects sockets");
        api.MapGet("/members", GetMembersAsync).WithSummary("Lists the durable members of a room");
        api.MapPut("/members", AddMemberAsync).WithSummary("A member joins a room for good").WithDescription("Answered when it is stored.");
        api.MapDelete("/members", RemoveMemberAsync).WithSummary("A member leaves a room for good");
        api.MapGet("/rooms", GetRoomsAsync).WithSummary("Lists the durable rooms of a member");
    }

    private static async Task<Results<Accepted, Ok<EmitAnswer>, ValidationProblem, ProblemHttpResult>> EmitAsync(
        EmitRequest request, IGrainFactory grains, PublishOptions options, IHostApplicationLifetime lifetime)
    {
        var args = Array.ConvertAll(request.Args, static value => (object?)value);
        var chosen = request.Choose(grains);
        chosen = request.Volatile ? chosen.Volatile : chosen;
        if (request.Timeout is not { } timeout)
        {
            await chosen.EmitAsync(request.Event, args);
            return TypedResults.Accepted((string?)null);
        }

        if (timeout <= 0 || timeout > options.MaxTimeout.TotalMilliseconds)
        {
            return Invalid("timeout", $"It is {timeout}; allowed: 1 to {options.MaxTimeout.TotalMilliseconds} milliseconds.");
        }

        try
        {
            // A gateway that stops has no minutes left to wait for answers.
            var answers = chosen.Timeout(TimeSpan.FromMilliseconds(timeout)).EmitWithAckAsync<JsonElement>(request.Event, args);
            return TypedResults.Ok(new EmitAnswer(await answers.WaitAsync(lifetime.ApplicationStopping), true));
        }
        catch (AnswersMissingException<JsonElement> e)
        {
            return TypedResults.Ok(new EmitAnswer(e.Answers, false));
        }
        catch (InvalidOperationException e)
        {
            return TooMuch(e);
        }
        catch (OperationCanceledException)
        {
            return TypedResults.Problem("The gateway stops; the event was sent, its answers are not waited for.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<Results<Ok<IEnumerable<SocketDescription>>, ProblemHttpResult>> FetchAsync(SocketChoice request, IGrainFactory grains)
    {
        try
        {
            var sockets = await request.Choose(grains).FetchSocketsAsync();
            return TypedResults.Ok(sockets.Select(static socket => new SocketDescription(socket.Id, socket.Rooms, socket.Address, socket.Issued, socket.IsSecure)));
        }
        catch (InvalidOperationException e)
        {
            return TooMuch(e);
        }
    }

    private static async Task<NoContent> JoinAsync(RoomsRequest request, IGrainFactory grains)
    {
        await request.Choose(grains).SocketsJoinAsync(request.Targets);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> LeaveAsync(RoomsRequest request, IGrainFactory grains)
    {
        await request.Choose(grains).SocketsLeaveAsync(request.Targets);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> DisconnectAsync(DisconnectRequest request, IGrainFactory grains)
    {
        await request.Choose(grains).DisconnectSocketsAsync(request.Close);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<RoomPage>, ValidationProblem>> GetMembersAsync(IGrainFactory grains, string room, [FromQuery(Name = "namespace")] string? ns = null, ulong cursor = 0, int size = 100) =>
        size is < 1 or > 1000 ? Invalid("size", $"It is {size}; allowed: 1 to 1000.") : TypedResults.Ok(await grains.GetRoom(SocketChoice.Check(ns ?? "/"), room).GetMembersAsync(cursor, size));

    private static async Task<NoContent> AddMemberAsync(IGrainFactory grains, string room, string member, [FromQuery(Name = "namespace")] string? ns = null)
    {
        await grains.GetMember(SocketChoice.Check(ns ?? "/"), member).JoinAsync(room);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RemoveMemberAsync(IGrainFactory grains, string room, string member, [FromQuery(Name = "namespace")] string? ns = null)
    {
        await grains.GetMember(SocketChoice.Check(ns ?? "/"), member).LeaveAsync(room);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<string[]>> GetRoomsAsync(IGrainFactory grains, string member, [FromQuery(Name = "namespace")] string? ns = null) =>
        TypedResults.Ok(await grains.GetMember(SocketChoice.Check(ns ?? "/"), member).GetRoomsAsync());

    // More answers, or larger ones, than a gateway may hold.
    private static ProblemHttpResult TooMuch(InvalidOperationException e) => TypedResults.Problem(e.Message, statusCode: StatusCodes.Status422UnprocessableEntity);

    private static ValidationProblem Invalid(string name, string problem) => TypedResults.ValidationProblem(new Dictionary<string, string[]> { [name] = [problem] });

    /// <summary>What the cluster throws, in HTTP's words.</summary>
    private static async ValueTask<object?> TranslateAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ArgumentException e)
        {
            return Results.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (MembershipException e)
        {
            return Results.Problem(e.Message, statusCode: e.Failure switch
            {
                MembershipFailure.InvalidName => StatusCodes.Status400BadRequest,
                MembershipFailure.Unavailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status409Conflict,
            });
        }
        catch (Exception e) when (e is ClusterUnavailableException or TimeoutException or OrleansException)
        {
            return Results.Problem(e.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
