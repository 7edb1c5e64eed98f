// Dapr's runtime as the sidecar of one function: its HTTP API for a state store in memory. Dapr's own main has every
// component there is compiled in; this one has that store alone, nothing of actors, of other applications or of TLS
// between sidecars, and the few flags of daprd that are left. Any other flag is refused.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	inmemory "github.com/dapr/components-contrib/state/in-memory"
	"github.com/dapr/dapr/pkg/buildinfo"
	"github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/config/protocol"
	"github.com/dapr/dapr/pkg/healthz"
	"github.com/dapr/dapr/pkg/metrics"
	"github.com/dapr/dapr/pkg/modes"
	"github.com/dapr/dapr/pkg/runtime"
	"github.com/dapr/dapr/pkg/runtime/registry"
	"github.com/dapr/dapr/pkg/security"
	"github.com/dapr/kit/concurrency"
	"github.com/dapr/kit/logger"
	"github.com/dapr/kit/signals"
)

// Nothing outside the pod reaches the APIs, except what the public port has on every address: whether they are ready, and
// the metadata, which anyone there may read and put labels of their own in.
const loopback = "127.0.0.1"

func main() {
	config, err := configuration(os.Args[1:])
	if err == nil {
		err = serve(signals.Context(), config)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "daprd:", err)
		os.Exit(1)
	}
}

func configuration(arguments []string) (*runtime.Config, error) {
	config := &runtime.Config{
		Mode:                          string(modes.StandaloneMode),
		AppProtocol:                   string(protocol.HTTPProtocol),
		AppChannelAddress:             loopback,
		AppHealthProbeInterval:        5,
		AppHealthProbeTimeout:         500,
		AppHealthThreshold:            3,
		AppMaxConcurrency:             -1,
		DaprAPIListenAddresses:        loopback,
		DaprInternalGRPCListenAddress: loopback,
		DaprGracefulShutdownSeconds:   1,
		ProfilePort:                   "7777",
		MaxRequestSize:                -1,
		ReadBufferSize:                -1,
	}
	var resources string
	flags := flag.NewFlagSet("daprd", flag.ContinueOnError)
	flags.StringVar(&config.AppID, "app-id", "", "name of the application; required")
	flags.StringVar(&config.DaprHTTPPort, "dapr-http-port", "3500", "port of the HTTP API, on the loopback address")
	flags.StringVar(&config.DaprAPIGRPCPort, "dapr-grpc-port", "50001", "port of the gRPC API, on the loopback address")
	flags.StringVar(&config.DaprPublicPort, "dapr-public-port", "3501", "port of /v1.0/healthz and /v1.0/metadata, on every address")
	flags.StringVar(&resources, "resources-path", "", "folder with Components; required")
	version := flags.Bool("version", false, "print Dapr's version")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if *version {
		fmt.Println(buildinfo.Version())
		os.Exit(0)
	}
	if config.AppID == "" || resources == "" || flags.NArg() > 0 {
		return nil, fmt.Errorf("needs --app-id and --resources-path, and takes nothing but flags; it got %q", arguments)
	}
	config.ResourcesPath = []string{resources}
	return config, nil
}

func serve(ctx context.Context, config *runtime.Config) error {
	log := logger.NewLogger("dapr.runtime")
	state.DefaultRegistry.Logger = logger.NewLogger("dapr.contrib")
	state.DefaultRegistry.RegisterComponent(inmemory.NewInMemoryStateStore, "in-memory")
	config.Registry = registry.NewOptions().WithStateStores(state.DefaultRegistry)
	config.Healthz = healthz.New()
	config.Metrics = metrics.Options{Log: log, Healthz: config.Healthz}

	provider, err := security.New(ctx, security.Options{
		AppID:                   config.AppID,
		Mode:                    modes.StandaloneMode,
		ControlPlaneTrustDomain: "localhost",
		ControlPlaneNamespace:   "default",
		Healthz:                 config.Healthz,
	})
	if err != nil {
		return err
	}
	return concurrency.NewRunnerManager(provider.Run, func(ctx context.Context) error {
		if config.Security, err = provider.Handler(ctx); err != nil {
			return err
		}
		sidecar, err := runtime.FromConfig(ctx, config)
		if err != nil {
			return err
		}
		return sidecar.Run(ctx)
	}).Run(ctx)
}
