console.log('nginx-mtls-lint');
