"""Running a model file with ONNX Runtime; torch is never imported here."""
