module vllm-istio-canary/bench/proxy/load

go 1.24
