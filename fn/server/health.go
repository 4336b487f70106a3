package server

import (
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// A healthServer ends its watchers when the server stops. gRPC's own tells them that it
// does not serve, and then goes on, for a stop to wait for.
type healthServer struct {
	*health.Server
}

// Watch a service until it does not serve.
func (h *healthServer) Watch(in *healthv1.HealthCheckRequest, stream grpc.ServerStreamingServer[healthv1.HealthCheckResponse]) error {
	return h.Server.Watch(in, &watcher{ServerStreamingServer: stream})
}

type watcher struct {
	grpc.ServerStreamingServer[healthv1.HealthCheckResponse]
}

// Send what the service's status is.
func (w *watcher) Send(rsp *healthv1.HealthCheckResponse) error {
	err := w.ServerStreamingServer.Send(rsp)
	if err == nil && rsp.GetStatus() == healthv1.HealthCheckResponse_NOT_SERVING {
		err = errors.New("the server stops")
	}

	return err
}
